"""Who stands in for whom, and on which days."""
