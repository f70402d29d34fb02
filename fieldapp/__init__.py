"""fieldapp: the desktop of engineers at customers' sites, and its central service."""
