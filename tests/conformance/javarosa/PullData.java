import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVRecord;
import org.javarosa.core.model.condition.EvaluationContext;
import org.javarosa.core.model.condition.IFunctionHandler;
import org.javarosa.xpath.expr.XPathFuncExpr;

/**
 * pulldata(file, column, key column, key), which Collect adds to JavaRosa: the text of the first row of a CSV file whose
 * key column has that text, "" if there is none.
 */
final class PullData implements IFunctionHandler {
    private final File folder;

    PullData(File folder) {
        this.folder = folder;
    }

    @Override
    public String getName() {
        return "pulldata";
    }

    @Override
    public List<Class[]> getPrototypes() {
        return List.of();
    }

    @Override
    public boolean rawArgs() {
        return true;
    }

    @Override
    public boolean realTime() {
        return false;
    }

    @Override
    public Object eval(Object[] arguments, EvaluationContext context) {
        String name = XPathFuncExpr.toString(arguments[0]);
        String column = XPathFuncExpr.toString(arguments[1]);
        String keyColumn = XPathFuncExpr.toString(arguments[2]);
        String key = XPathFuncExpr.toString(arguments[3]);
        File file = new File(folder, name.endsWith(".csv") ? name : name + ".csv");
        CSVFormat format = CSVFormat.DEFAULT.withFirstRecordAsHeader();
        try (Reader reader = new InputStreamReader(new FileInputStream(file), StandardCharsets.UTF_8)) {
            for (CSVRecord row : format.parse(reader)) {
                if (!key.isEmpty() && row.get(keyColumn).equals(key)) {
                    return row.get(column);
                }
            }
            return "";
        } catch (IOException fault) {
            throw new IllegalStateException("pulldata: " + name, fault);
        }
    }
}
