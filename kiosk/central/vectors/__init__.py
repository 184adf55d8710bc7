"""A searchable copy of the templates in PostgreSQL's pgvector, for those who enrol more than memory should hold."""
