"""The same workspace on AWS: templates, stacks, images and what runs there."""
