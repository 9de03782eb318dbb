package dev.selvedge.internal;

/// Work that stands around a user's, which is the one to be named in messages.
public interface Wrapping {

  /// {@return the user's work, or another wrapping}
  Object wrapped();
}
