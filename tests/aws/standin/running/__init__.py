"""What makes ECS and ELBv2 real: tasks are processes of this machine, balancers are HAProxy."""
