package dev.selvedge.process.internal;

import java.io.Serializable;

/// Where a host is, and what it takes to be let in. Travels only where this program's own data
/// does.
///
/// @param name of the host, such as `Counter-1`
/// @param id unique among all hosts
/// @param pid of the host
/// @param socket the path of its socket
/// @param token the key to it
/// @param grace in nanoseconds
record HostAddress(String name, long id, long pid, String socket, String token, long grace)
    implements Serializable {

  /// {@return the host in words, without the token}
  @Override
  public String toString() {
    return "'" + name + "' (pid " + pid + ")";
  }
}
