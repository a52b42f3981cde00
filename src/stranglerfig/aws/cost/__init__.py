"""What a month on AWS costs, by list prices."""
