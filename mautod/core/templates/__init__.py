"""Letters as text: front matter, includes, and Liquid with its limits on."""
