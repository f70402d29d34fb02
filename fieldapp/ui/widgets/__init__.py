"""Components that pages are built of; they hold no rule of the business and no state but what they show."""
