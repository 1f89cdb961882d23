"""Labs in network namespaces of their own: builds them, runs their script, judges the transcript."""
