package dev.selvedge.verify.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/// Every link from page to page, section or file leads somewhere.
final class LinksTest {
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");
  private static final Pattern HEADING = Pattern.compile("(?m)^#+ (.+)$");
  private static final Pattern CODE_BLOCK = Pattern.compile("(?ms)^```.*?^```");

  @Test
  void everyLinkLeadsSomewhere() {
    List<String> broken = new ArrayList<>();
    for (Path page : Repository.pages()) {
      var text = CODE_BLOCK.matcher(Repository.read(page)).replaceAll("");
      LINK.matcher(text)
          .results()
          .map(link -> link.group(1))
          .filter(link -> !link.startsWith("https://") && !leads(page, link))
          .forEach(link -> broken.add(Repository.ROOT.relativize(page) + " -> " + link));
    }
    assertEquals(List.of(), broken);
  }

  private static boolean leads(Path page, String link) {
    var hash = link.indexOf('#');
    var path = hash < 0 ? link : link.substring(0, hash);
    var file = path.isEmpty() ? page : page.resolveSibling(path).normalize();
    return Files.exists(file)
        && (hash < 0 || sections(Repository.read(file)).contains(link.substring(hash + 1)));
  }

  /// {@return the names of a page's sections as links spell them}
  private static Set<String> sections(String text) {
    return HEADING
        .matcher(text)
        .results()
        .map(heading -> heading.group(1).toLowerCase(Locale.ROOT).strip())
        .map(heading -> heading.replaceAll("[^\\p{L}\\p{N} _-]", "").replace(' ', '-'))
        .collect(Collectors.toSet());
  }
}
