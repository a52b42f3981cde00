"""What runs on AWS, seen and handled: secrets of environments, tasks of services, runs of jobs, and what they print."""
