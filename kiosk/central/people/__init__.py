"""The people who are enrolled: who they are, what they agreed to, when they may come, and what they are known by."""
