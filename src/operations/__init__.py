"""Operations: one module per command or family, with the command's name. They call the provider's cloud."""
