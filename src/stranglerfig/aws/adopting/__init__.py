"""Taking over what Copilot has deployed: in place, a stack after the other, with a way back."""
