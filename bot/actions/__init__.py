"""What the assistant does: slots in, one port call, utterance and events out."""
