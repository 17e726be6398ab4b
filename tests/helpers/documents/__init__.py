"""Tables that a program writes into the documents, and holds against them."""
