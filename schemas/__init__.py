"""What the services agree on: messages, topics, survey definitions. Imports no service and does no I/O."""
