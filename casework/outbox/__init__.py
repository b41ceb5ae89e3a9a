"""What has to be told to whom: rows written with the change they speak of, sent by a worker afterwards."""
