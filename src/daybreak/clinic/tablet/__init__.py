"""A tablet several people share: who signed in fully on it, PINs, the lock, and how a person proves who they are."""
