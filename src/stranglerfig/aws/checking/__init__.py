"""What is wrong is found before anything is changed."""
