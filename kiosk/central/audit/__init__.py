"""The audit trail: every act of an admin, in a chain that nothing in the program edits."""
