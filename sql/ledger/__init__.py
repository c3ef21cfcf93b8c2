"""Records of what the program did: runs and their lock, model versions, reviews, searches, studies, loads."""
