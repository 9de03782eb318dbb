package dev.selvedge.internal;

import dev.selvedge.Pool;
import dev.selvedge.spi.PoolProvider;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.ServiceLoader;
import java.util.stream.Collectors;

/// Pools by name.
public final class PoolRegistry {
  private PoolRegistry() {}

  /// Opens a pool; see [Pool#named].
  public static Pool open(String name) {
    Objects.requireNonNull(name, "name");
    int colon = name.indexOf(':');
    String scheme = colon < 0 ? name : name.substring(0, colon);
    String argument = colon < 0 ? "" : name.substring(colon + 1);
    PoolProvider provider = providers().get(scheme);
    if (provider == null) {
      throw new IllegalArgumentException("there is no pool '" + name + "'; there are " + usages());
    }
    return provider.open(argument);
  }

  /// {@return how the names of pools look}
  public static String usages() {
    return providers().values().stream().map(PoolProvider::usage).collect(Collectors.joining(", "));
  }

  /// Those of the thread's class loader and of this module's, so that a pool which a program brings
  /// along is found too.
  private static Map<String, PoolProvider> providers() {
    List<PoolProvider> added = new ArrayList<>();
    ServiceLoader.load(PoolProvider.class).forEach(added::add);
    ServiceLoader.load(PoolProvider.class, PoolRegistry.class.getClassLoader()).forEach(added::add);
    added.sort(Comparator.comparing(PoolProvider::scheme)); // for messages
    List<PoolProvider> found = new ArrayList<>(List.of(new Virtual(), new Threads()));
    found.addAll(added);
    Map<String, PoolProvider> byScheme = new LinkedHashMap<>();
    found.forEach(provider -> byScheme.putIfAbsent(provider.scheme(), provider));
    return byScheme;
  }

  private static final class Virtual implements PoolProvider {
    @Override
    public String scheme() {
      return "virtual";
    }

    @Override
    public String usage() {
      return "virtual";
    }

    @Override
    public Pool open(String argument) {
      if (!argument.isEmpty()) {
        throw new IllegalArgumentException(
            "the pool 'virtual' takes nothing behind its name, and got '" + argument + "'");
      }
      return Pool.virtual();
    }
  }

  private static final class Threads implements PoolProvider {
    @Override
    public String scheme() {
      return "threads";
    }

    @Override
    public String usage() {
      return "threads:N";
    }

    @Override
    public Pool open(String argument) {
      if (argument.isEmpty()) {
        return Pool.threads(Runtime.getRuntime().availableProcessors());
      }
      int threads;
      try {
        threads = Integer.parseInt(argument);
      } catch (NumberFormatException e) {
        throw new IllegalArgumentException(
            "the pool 'threads:" + argument + "' needs a number of threads, as in threads:4", e);
      }
      return Pool.threads(threads);
    }
  }
}
