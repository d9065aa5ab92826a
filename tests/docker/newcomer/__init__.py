"""Follow pages as a newcomer does, who types what they say."""
