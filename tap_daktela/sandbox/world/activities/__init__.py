"""What happens every day: activities with their calls, e-mails, chats and messages."""
