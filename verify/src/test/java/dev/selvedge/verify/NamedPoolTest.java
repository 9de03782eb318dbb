package dev.selvedge.verify;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.selvedge.Pool;
import dev.selvedge.spi.PoolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Pools by name, with one that the program brings along as a service.
@Timeout(30)
class NamedPoolTest {

  /// Named in `META-INF/services`; the library was compiled without it.
  public static final class Brought implements PoolProvider {
    @Override
    public String scheme() {
      return "brought";
    }

    @Override
    public String usage() {
      return "brought:N";
    }

    @Override
    public Pool open(String argument) {
      return Pool.threads(Integer.parseInt(argument), options -> options.prefix("brought-"));
    }
  }

  @Test
  void aPoolThatTheProgramBringsAlongIsFoundByName() throws Exception {
    try (Pool pool = Pool.named("brought:2")) {
      String worker = pool.submit(() -> Thread.currentThread().getName()).await();
      assertTrue(worker.startsWith("brought-"), worker);
    }
  }

  @Test
  void thePoolsOfTheLibraryAreFoundByName() {
    try (Pool virtual = Pool.named("virtual");
        Pool threads = Pool.named("threads:3")) {
      assertEquals("virtual", virtual.name());
      assertEquals("threads:3", threads.name());
    }
  }

  @Test
  void anUnknownNameIsRefusedWithThoseThereAre() {
    var refused = assertThrows(IllegalArgumentException.class, () -> Pool.named("theads:3"));
    String message = String.valueOf(refused.getMessage());
    assertTrue(message.contains("theads:3"), message);
    assertTrue(message.contains("threads:N") && message.contains("brought:N"), message);
  }

  @Test
  void aBadArgumentIsRefusedWithTheRightForm() {
    for (String name : new String[] {"threads:many", "threads:0", "threads:-1", "virtual:3"}) {
      assertThrows(IllegalArgumentException.class, () -> Pool.named(name), name);
    }
  }
}
