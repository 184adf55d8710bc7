"""Who is it: the gallery of enrolled faces, what a score means, the visitor's decision, and guided enrolment."""
