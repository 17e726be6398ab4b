"""What everything invented is made of: dice, moments, people, texts, custom fields."""
