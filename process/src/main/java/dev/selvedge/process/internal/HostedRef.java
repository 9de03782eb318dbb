package dev.selvedge.process.internal;

import java.io.Serializable;

/// What travels of a handle.
///
/// @param host where the object is
/// @param type its interface
/// @param number which of the objects there
record HostedRef(HostAddress host, Class<?> type, long number) implements Serializable {
  Object readResolve() {
    return new HostedHandle<>(this, type, HostRoute.to(host), null);
  }
}
