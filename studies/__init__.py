"""Studies: experiments repeated many times, so that their noise is seen, and claims about them judged."""
