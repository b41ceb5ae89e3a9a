"""The words of every case, kept so that a few of them find it again."""
