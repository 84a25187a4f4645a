"""The templates as data of the package; a config repo overrides single ones by files of the same name."""
