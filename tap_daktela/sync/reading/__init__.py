"""Reading the rows of an endpoint completely: generators that yield what they wait for, and a scheduler that waits."""
