"""A district's own settings: `district.yaml`, `schools/<id>.yaml`."""
