"""The services that are competent where this desk is not, and how somebody is sent on to one of them."""
