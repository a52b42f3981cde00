"""What a deploy puts on AWS before it: images, templates, env files, the files of sites. Only what is not there yet."""
