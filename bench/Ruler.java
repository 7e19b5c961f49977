import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import software.amazon.event.ruler.Machine;

/**
 * Events a second of AWS's own engine, event-ruler, on the rules and events that `bench/patterns.py --against` hands
 * over: a pattern and an event a line. Prints the rate of the best pass, and how many matches a pass has.
 */
public final class Ruler {
    public static void main(String[] arguments) throws Exception {
        Machine machine = new Machine();
        List<String> rules = Files.readAllLines(Path.of(arguments[0]));
        for (int number = 0; number < rules.size(); number++) {
            machine.addRule("r" + number, rules.get(number));
        }
        List<String> events = Files.readAllLines(Path.of(arguments[1]));
        double least = Double.parseDouble(arguments[2]);
        double best = Double.MAX_VALUE;
        long matches = 0;
        for (long begun = System.nanoTime(); (System.nanoTime() - begun) / 1e9 < least; ) {
            long started = System.nanoTime();
            matches = 0;
            for (String event : events) {
                matches += machine.rulesForJSONEvent(event).size();
            }
            best = Math.min(best, (System.nanoTime() - started) / 1e9);
        }
        System.out.println(events.size() / best + " " + matches);
    }
}
