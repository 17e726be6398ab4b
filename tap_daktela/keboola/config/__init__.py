"""What a user configures: parameters, their checks, the forms of the user interface."""
