"""What every Homeroom service stands on; knows no service."""

import warnings

# Said at every import of eventlet, to developers of new projects; why we stay with it is in docs/architecture.md.
warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")
