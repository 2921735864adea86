"""How Daybreak is deployed: settings, urls, sign-in, base templates, the stylesheet."""
