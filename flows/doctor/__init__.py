"""The checks behind ``nightcast doctor``: each looks at one thing and never stops the others."""
