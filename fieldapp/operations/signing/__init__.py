"""What stands between the frozen pages and the customer: the pages taken apart, and the view of them."""
