"""The status page and what machines read: health, metrics, the status document. Imported only where it is served."""
