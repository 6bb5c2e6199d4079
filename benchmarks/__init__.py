"""What commands and the cloud cost: `make bench`. All ratios are of medians taken in turns, in one run."""
