"""Lossless prototxt text, messages with positions, and upgrades of old formats."""
