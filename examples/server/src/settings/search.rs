//! How tickets are searched by words.

use tickmate::{
    desk::SearchSettings,
    domain::words::{StemLanguage, UnknownStemLanguage},
};

use super::{Problem, Values};

/// Reads the settings of searches.
///
/// # Errors
/// A list of languages with an unknown code.
pub(super) fn search(values: &Values) -> Result<SearchSettings, Problem> {
    const NAME: &str = "SEARCH_LANGUAGES";
    let defaults = SearchSettings::default();
    let Some(codes) = values.get(NAME) else {
        return Ok(defaults);
    };
    let languages: Result<Vec<StemLanguage>, UnknownStemLanguage> =
        codes.split(',').map(|code| code.trim().parse()).collect();
    match languages {
        Ok(languages) => Ok(SearchSettings {
            languages,
            ..defaults
        }),
        Err(UnknownStemLanguage) => {
            let known: Vec<&str> = StemLanguage::ALL.iter().map(|one| one.code()).collect();
            let message = format!(
                "must be codes with commas between them: {}",
                known.join(", ")
            );
            Err(Problem::new(NAME, message))
        }
    }
}
