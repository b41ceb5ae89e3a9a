"""The format of a mail (RFC 5322, 2045-2047, 2231), read leniently, in linear time and without recursion."""
