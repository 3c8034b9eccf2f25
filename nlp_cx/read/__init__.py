"""Read files and chats into documents."""
