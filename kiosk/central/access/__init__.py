"""Who is asking, and what they may do: users, sessions, API tokens, and the rule of each route."""
