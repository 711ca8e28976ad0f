"""Work that takes its time: what there is to do, and where it is done."""
