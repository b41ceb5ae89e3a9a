"""Mail in and mail out: nothing lost, nothing misfiled, nobody fooled."""
