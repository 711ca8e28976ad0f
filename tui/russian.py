"""The words of the desk in Russian, by their English; the blanks at the edges are the same."""

# ruff: noqa: RUF001 - these are the letters of the language
from __future__ import annotations

from collections.abc import Mapping
from typing import Final

RUSSIAN: Final[Mapping[str, str]] = {
    "+wholesale -trial": "+wholesale -trial",
    "/min": "/мин",
    "24 hours": "24 часа",
    "30 days": "30 дней",
    "95 % of the time between": "в 95 % случаев между",
    "? the answer never came": "? ответа не было",
    "a command, as after mautod in a shell; q leaves": (
        "команда, как после mautod в оболочке; q — выход"
    ),
    "a file on this machine, as people.csv": "файл на этой машине, как people.csv",
    "a key, and a name: vip Best customers": "ключ и название: vip Лучшие покупатели",
    "a list, kept by hand": "список, ведётся вручную",
    "a name for this search": "название этого поиска",
    "a person's file.toml, an email, an id; or nothing for an invented one": (
        "файл человека.toml, почта, номер; или ничего для вымышленного"
    ),
    "A screenful up and down.": "Экран вверх и вниз.",
    "a topic, or nothing for all": "тема, или ничего для всех",
    "act on them": "действия",
    "add to static segment ": "добавить в список ",
    "after": "за",
    "against the holdout": "против контроля",
    "all": "все",
    "All about the chosen event or message.": "Всё о выбранном событии или сообщении.",
    "all found": "все найденные",
    "all of it": "целиком",
    "All that is kept of the row, or of the line.": "Всё, что хранится о строке.",
    "an overlap needs two segments": "для пересечения нужны два сегмента",
    "\nand make it run with ": "\nи введите в силу командой ",
    " and make it run with ": " и запустите её командой ",
    " and make them run with ": " и запустите командой ",
    "and nobody who is in {segments}": "и никого из {segments}",
    " and type\n": " и наберите\n",
    "Another theme.": "Другая тема.",
    "apply": "ввод в силу",
    "apply…": "в силу…",
    "Ask the daemon again.": "Спросить демона ещё раз.",
    "back": "назад",
    "Back to the campaigns.": "Назад к кампаниям.",
    "Back to the chain.": "Назад к цепочке.",
    "Back to the list.": "Назад к списку.",
    "Back to the segments.": "Назад к сегментам.",
    "Back, or take the filter away.": "Назад или снять фильтр.",
    "Back; what is written stays until it is saved.": (
        "Назад; написанное хранится, пока не сохранено."
    ),
    "Back; what is written stays until you leave the desk.": (
        "Назад; написанное хранится до выхода из пульта."
    ),
    "broadcast {name} is paused": "рассылка {name} остановлена",
    "by day, last 30": "по дням, последние 30",
    "by hour, last 24": "по часам, последние 24",
    ",\nby words or by rule:\n": ",\nсловами или правилом:\n",
    "Campaign {name}": "Кампания {name}",
    "Campaigns": "Кампании",
    "cancelled": "отменена",
    "cancelling": "отменяется",
    "Card": "Карточка",
    "card": "карточка",
    "chain": "цепочка",
    "Chains": "Цепочки",
    "Change the rule of this segment.": "Изменить правило этого сегмента.",
    "check is in order|checks are in order": (
        "проверка в порядке|проверки в порядке|проверок в порядке"
    ),
    "Checkup": "Осмотр",
    "choose": "выбор",
    "Choose a candidate while a word is typed; ctrl+n at any time.": (
        "Выбрать подсказку, пока пишется слово; ctrl+n в любой момент."
    ),
    "choose a chain; a broadcast has no file": "выберите цепочку; у рассылки нет файла",
    "Choose somebody to see the card.": "Выберите человека, чтобы увидеть карточку.",
    "click": "клик",
    "Close the quote.": "Закройте кавычку.",
    "command": "команда",
    "copied {text}": "скопировано: {text}",
    "copy": "копия",
    "Copy the address.": "Скопировать адрес.",
    "Copy the chain's key.": "Скопировать ключ цепочки.",
    "Copy the difference.": "Скопировать отличия.",
    "Copy the key of the stage's segment.": "Скопировать ключ сегмента этой стадии.",
    "Copy the log.": "Скопировать журнал.",
    "Copy the person's address, or the event.": "Скопировать адрес человека или событие.",
    "Copy the row as it came in, or the line.": "Скопировать строку, как она пришла.",
    "Copy the rule.": "Скопировать правило.",
    "Copy what is chosen.": "Скопировать выбранное.",
    "counted over everybody {when}, exact since then": "подсчитан по всем {when}, с тех пор точен",
    "counting …": "считаю …",
    "days": "дни",
    "decisions": "решения",
    "definition|definitions": "определение|определения|определений",
    "delivered": "доставл.",
    "disk": "диск",
    "done": "готово",
    "Down and up; also the arrows.": "Вниз и вверх; стрелки тоже.",
    "drop": "выбросить",
    "drop it": "выбросить",
    "Drop this row?": "Выбросить эту строку?",
    "edit": "правка",
    "   ended  ": "   вышли  ",
    "ended with {code}": "завершилась с кодом {code}",
    "Events": "События",
    "events": "события",
    "events a minute": "событий в минуту",
    "Everywhere": "Везде",
    "expired": "устарело",
    "export": "выгрузка",
    "export to ": "выгрузить в ",
    "failed": "не вышло",
    "field": "поле",
    "filter": "фильтр",
    "Filter or search here.": "Фильтр или поиск здесь.",
    "Find people by rule; card, timeline, messages.": (
        "Поиск людей по правилу; карточка, лента, сообщения."
    ),
    "Find people, chains, segments, commands.": "Найти людей, цепочки, сегменты, команды.",
    "finished": "закончена",
    "First and last.": "Первая и последняя.",
    " first row  ": " первая строка  ",
    "Fits here": "Подходит сюда",
    "for everybody": "для всех",
    "Forget the row; asks first.": "Забыть строку; сначала спросит.",
    "from all": "от всего",
    "go back": "вернуться",
    "go back to it": "вернуть",
    "Go back to v{number}?": "Вернуться к v{number}?",
    "Go to {name}": "Перейти: {name}",
    "goal": "цель",
    "goal   ": "цель   ",
    "goals": "цели",
    ", half of them within {span}": ", половина за {span}",
    "has won": "победило",
    "here": "здесь",
    "here   ": "здесь  ",
    "History": "История",
    "history": "история",
    "Hold the events still, and let them go on.": "Придержать события и пустить дальше.",
    "Home": "Главная",
    "How the size went; who entered and left, and when.": (
        "Как менялся размер; кто вошёл и вышел и когда."
    ),
    "How this person came here: the trigger, each step, each check.": (
        "Как человек сюда попал: событие, каждый шаг, каждая проверка."
    ),
    "in": "вошли",
    "in chains": "в цепочках",
    "in force": "в силе",
    "In the table: the people who are in both.": "В таблице: люди, которые в обоих.",
    " … into segments of ": " … в сегменты файла ",
    "Into the card.": "В карточку.",
    "is there already": "уже есть",
    "it is a list: people are added to it with b in People": (
        "это список: людей добавляет b в «Людях»"
    ),
    "It is forgotten; what it stands for is not taken in.": (
        "Она забудется, а то, что за ней стоит, не будет учтено."
    ),
    "it is no UTF-8 text": "это не текст в UTF-8",
    "It is not kept up to date, see above.": "Он не обновляется, смотри выше.",
    "Its file in your editor, then what the change would mean.": (
        "Файл в вашем редакторе, затем что изменится."
    ),
    "its picture": "её схема",
    "its rule and people": "его правило и люди",
    "Its versions with what differs; b there goes back.": "Версии и их отличия; b там возвращает.",
    "Journey": "Путь",
    "key {name}": "клавиша {name}",
    "Keys": "Клавиши",
    "keys": "клавиши",
    "Keys of this place.": "Клавиши этого места.",
    "kind": "вид",
    " last row": " последняя строка",
    "Lead an invented or a known person through it.": (
        "Провести по ней вымышленного или известного человека."
    ),
    "Lead the person through the chain again.": "Провести человека по цепочке ещё раз.",
    "leave": "выйти",
    "leave it as it is": "оставить как есть",
    "Leave; the daemon goes on.": "Выйти; демон продолжит работу.",
    "left": "ушли",
    "letters of a chain's name": "буквы из названия цепочки",
    "letters of a name, a page, an event": "буквы имени, страницы, события",
    "letters of a segment's name": "буквы из названия сегмента",
    "Lint": "Проверка",
    "lint": "проверка",
    "Lists": "Списки",
    "Live": "Сейчас",
    "Live shows it already: press 2.": "Это уже видно: нажмите 2.",
    "Log": "Журнал",
    "log": "журнал",
    "Look back 30, 90 or 7 days.": "Смотреть за 30, 90 или 7 дней.",
    "Looking …": "Осматриваю …",
    "mark": "отметить",
    "Mark all that the search finds, or nobody.": "Отметить всех найденных или никого.",
    "Mark the segment for the overlap.": "Отметить сегмент для пересечения.",
    "Mark this person, or take the mark away.": "Отметить человека или снять отметку.",
    "matrix or table": "матрица или таблица",
    "may go": "может уйти",
    "message failed|messages failed": "сообщение не вышло|сообщения не вышли|сообщений не вышло",
    "message waits|messages wait": "сообщение ждёт|сообщения ждут|сообщений ждут",
    "Messages": "Сообщения",
    "messages": "сообщения",
    "messages wait": "сообщений ждут",
    "money": "деньги",
    "more than without it": "больше, чем без неё",
    "moved on": "дальше",
    "Name another file.": "Назовите другой файл.",
    "Needs somebody": "Требует внимания",
    "next": "ближайшее",
    "Next and previous section of the card.": "Следующий и предыдущий раздел карточки.",
    "Next pane, and back with shift.": "Следующая панель, с shift назад.",
    "no": "нет",
    "no address yet": "адреса ещё нет",
    "No campaign is under way.": "Ни одна кампания не идёт.",
    "No chain matches. esc takes the filter away.": (
        "Ни одна цепочка не подходит. esc снимет фильтр."
    ),
    "No chain yet.\n": "Цепочек ещё нет.\n",
    "no end after {s} s": "не закончилась за {s} с",
    "No event matches. esc takes the filter away.": (
        "Ни одно событие не подходит. esc снимет фильтр."
    ),
    "No event yet.": "Событий ещё нет.",
    "No message went to people while they were here.": (
        "Пока люди были здесь, им ничего не отправлялось."
    ),
    "No message yet. Chains write here what they sent, and why they did not.": (
        "Сообщений ещё нет. Здесь цепочки пишут, что отправили и почему нет."
    ),
    "no properties": "без свойств",
    "no run": "нет прохода",
    "No segment matches. esc takes the filter away.": (
        "Ни один сегмент не подходит. esc снимет фильтр."
    ),
    "No segment yet.\n": "Сегментов ещё нет.\n",
    "No stage yet.\n": "Стадий ещё нет.\n",
    "No worker is running.": "Ни один обработчик не работает.",
    "Nobody entered or left since it is watched.": "С начала наблюдения никто не вошёл и не вышел.",
    "Nobody is found. esc takes the search away.": "Никто не найден. esc снимет поиск.",
    "Nobody is in it now.": "Сейчас в нём никого.",
    "Nobody is known yet.\n": "Никто ещё не известен.\n",
    "Nobody is on the site now.\n": "Сейчас на сайте никого.\n",
    "Nobody matches.": "Никто не подходит.",
    "Nobody matches. esc takes the filter away.": "Никто не подходит. esc снимет фильтр.",
    "nobody runs it": "никто не ведёт",
    "None yet. n saves the present search.": "Пока нет. n сохранит нынешний поиск.",
    "none: not marketing": "нет: не реклама",
    "not a rule yet": "ещё не правило",
    "not opened yet": "ещё не открыто",
    "Not saved": "Не сохранено",
    "not stored yet": "ещё не сохранено",
    " notes": " заметок",
    "nothing differs from what runs": "файлы не отличаются от того, что в силе",
    "Nothing happened yet.": "Пока ничего не случилось.",
    "Nothing is digested or sent until one runs: mautod up, or mautod worker.": (
        "Пока его нет, ничего не обрабатывается и не уходит: mautod up или mautod worker."
    ),
    "Nothing is known yet. Identify calls and the shop fill this in.": (
        "Пока ничего не известно. Это заполнят identify и магазин."
    ),
    "Nothing is wrong in this chain.": "В этой цепочке всё в порядке.",
    "Nothing more fits.": "Больше ничего не подходит.",
    "Nothing needs anybody.": "Ничто не требует внимания.",
    "Nothing stands here now.": "Сейчас здесь ничего нет.",
    "Nothing to say.": "Сказать нечего.",
    "nothing was done": "ничего не сделано",
    "Nothing was sent yet.": "Пока ничего не отправлено.",
    "Nothing was set aside.": "Ничего не отложено.",
    "nothing was written": "ничего не записано",
    "  nothing yet": "  пока ничего",
    "of": "из",
    "OF ONE": "ПЕРВОГО",
    "OF OTHER": "ВТОРОГО",
    "On no chain yet.": "Пока ни на одной цепочке.",
    " on the way, ": " в пути, ",
    "on the way": "в пути",
    "Online": "На сайте",
    "online": "на сайте",
    "only reading": "только чтение",
    "open": "откр.",
    "Open the card of the chosen person.": "Открыть карточку выбранного человека.",
    ".\n\nOr write a rule here with ": ".\n\nИли напишите правило здесь клавишей ",
    "Other chains and segments too, or not.": "С другими цепочками и сегментами или без.",
    "Overlap": "Пересечение",
    "overlap": "пересечение",
    "pairs, the largest share first": "пары, с большей доли",
    "pause": "пауза",
    "Pause or resume the chain; asks first.": "Остановить или продолжить цепочку; сначала спросит.",
    "Pause {name}?": "Остановить {name}?",
    "paused": "на паузе",
    "People": "Люди",
    "people": "людей",
    "People appear with their first event. Search them with ": (
        "Люди появляются с первым событием. Искать их клавишей "
    ),
    "People in common": "Общие люди",
    "People in common: of the marked segments, or of all.": (
        "Общие люди отмеченных сегментов или всех."
    ),
    "people or messages": "люди или сообщения",
    "people who stand here": "люди, которые стоят здесь",
    " people · {days} days": " человек · {days} дн.",
    "People ⌕ ": "Люди ⌕ ",
    "people ─ money": "людей ─ деньги",
    "person is under way|people are under way": "человек в пути|человека в пути|человек в пути",
    "person is|people are": "человек|человека|человек",
    "person waits|people wait": "человек ждёт|человека ждут|человек ждут",
    "person|people": "человек|человека|человек",
    "play": "играть",
    "Previous section.": "Предыдущий раздел.",
    "Properties": "Свойства",
    "put in force": "ввести в силу",
    "Put the snippet on your pages, or press ": "Поставьте сниппет на страницы или нажмите ",
    "Put this version in force again; asks first.": "Вернуть эту версию в силу; сначала спросит.",
    "queued": "в очереди",
    "Queues, what was set aside, disk, log.": "Очереди, отложенное, диск, журнал.",
    "reached": "достигнуто",
    ".\nReady ones come with ": ".\nГотовые ставит ",
    "refused": "отказано",
    "replay": "повтор истории",
    "Report": "Отчёт",
    "report": "отчёт",
    " requests  ": " запросов  ",
    "rests": "отдыхает",
    "resume": "продолжить",
    "Resume {name}?": "Продолжить {name}?",
    "Rule": "Правило",
    "Run a command of the command line.": "Выполнить команду командной строки.",
    "Run it in a shell.": "Выполните её в оболочке.",
    "Run the command in a shell.": "Выполните команду в оболочке.",
    "running": "идёт",
    "save": "сохранить",
    "save as ": "сохранить как ",
    "save it": "сохранить",
    "save the present one": "сохранить нынешний",
    "saved": "сохранённые",
    "Saved searches": "Сохранённые поиски",
    "Saved searches: use, save the present one, delete.": (
        "Сохранённые поиски: применить, сохранить нынешний, удалить."
    ),
    "scheduled": "назначена",
    "search": "поиск",
    "search first with /, then save it": "сначала найдите через /, потом сохраните",
    'Search: a name, an address, or a rule like did "Order Completed".': (
        'Поиск: имя, адрес или правило вроде did "Order Completed".'
    ),
    "section": "раздел",
    "See: mautod messages list --state failed": "Смотри: mautod messages list --state failed",
    "seen": "были",
    "segment": "сегмент",
    "Segment {name}": "Сегмент {name}",
    "Segments": "Сегменты",
    "segments  ": "сегменты  ",
    "sending": "уходит",
    "sent": "ушло",
    "Set aside": "Отложено",
    "Set EDITOR.": "Задайте EDITOR.",
    "Shares as a shaded matrix, or pairs as a table.": "Доли матрицей или пары таблицей.",
    "Show only chains whose name holds these letters.": (
        "Показать только цепочки с этими буквами в названии."
    ),
    "Show only segments whose name holds these letters.": (
        "Показать только сегменты с этими буквами в названии."
    ),
    "Show only what holds these letters.": "Показать только то, где есть эти буквы.",
    "Simulate": "Проба",
    "simulate": "проба",
    "Size": "Размер",
    "Sizes as they change, rules, samples.": "Размеры в движении, правила, примеры.",
    "Some of them": "Некоторые из них",
    "somebody ended this work": "кто-то прервал эту работу",
    "source": "источник",
    "Stages, who moves on, and the messages at work.": (
        "Стадии, кто идёт дальше и какие сообщения работают."
    ),
    "start chain ": "запустить цепочку ",
    "Start it in a shell: it makes a workspace of its own.": (
        "Запустите в оболочке: она делает свою папку."
    ),
    "Start it in a shell: it runs until it is stopped.": (
        "Запустите в оболочке: работает, пока не остановят."
    ),
    "Start it in a shell: it takes the machine for itself.": (
        "Запустите в оболочке: занимает всю машину."
    ),
    "starting": "начинается",
    "Step": "Шаг",
    "step": "шаг",
    "stopped": "снята",
    "suppress": "запретить",
    "System": "Система",
    "tag": "тег",
    "tag ": "тег ",
    "Tag, put on a list, start a chain, unsubscribe … for all marked; asks first.": (
        "Тег, список, цепочка, отписка … для всех отмеченных; сначала спросит."
    ),
    "take": "взять",
    "take in again": "принять снова",
    "Take the marked candidate.": "Взять отмеченную подсказку.",
    "Take the row in again; what makes no sense comes back.": (
        "Принять строку ещё раз; бессмыслица вернётся сюда."
    ),
    "test": "тест",
    "testing": "проба",
    "The card of the person.": "Карточка человека.",
    "The daemon has said nothing yet.": "Демон пока ничего не сказал.",
    " The file says something else: see mautod plan.": (
        " В файле написано другое: смотри mautod plan."
    ),
    "the files are on the daemon's machine; v shows what runs": (
        "файлы на машине демона; v покажет, что в силе"
    ),
    "The files are wrong": "В файлах ошибки",
    "the key of a chain": "ключ цепочки",
    "the key of a static segment": "ключ списка",
    "The message and what the gate decided; or the run.": (
        "Сообщение и решения о нём или проход человека."
    ),
    "The people at this stage, as a rule.": "Люди на этой стадии, правилом.",
    "The rule is changed in workspace/segments.toml and in force at once.": (
        "Правило меняется в workspace/segments.toml и сразу вступает в силу."
    ),
    "the whole rule": "всё правило",
    "theme {name}": "тема {name}",
    "Then a letter: to a screen, or to the first or last row.": (
        "Затем буква: на экран или к первой или последней строке."
    ),
    "They go on from where they stand; what is due is sent within its window.": (
        "Они пойдут дальше оттуда, где стоят; что пора — уйдёт в своё окно."
    ),
    "They stay where they are and nothing is sent until you resume.": (
        "Они останутся на месте, и ничего не уйдёт, пока вы не продолжите."
    ),
    "thing is wrong in other files|things are wrong in other files": (
        "ошибка в других файлах|ошибки в других файлах|ошибок в других файлах"
    ),
    "this desk only reads": "этот пульт только читает",
    "this step sends nothing": "этот шаг ничего не отправляет",
    "this terminal has no room for an editor: edit {path}": (
        "в этом терминале нет места редактору: правьте {path}"
    ),
    "Timeline": "Лента",
    "… to confirm": "… подтвердить",
    "to digest": "на входе",
    "To enter now": "Чтобы войти сейчас",
    "To the campaigns under way, and back.": "К идущим кампаниям и обратно.",
    "To the difference to the one before.": "К отличиям от предыдущей.",
    "to the log": "к журналу",
    "To the log, and back.": "К журналу и обратно.",
    "To the log, and back to the file.": "К журналу и обратно к файлу.",
    "To the people in it, then to a card.": "К людям в нём, затем к карточке.",
    "To the people it finds; tab comes back.": "К найденным людям; tab вернёт.",
    "To the steps; on a step, to the people and messages.": (
        "К шагам; на шаге — к людям и сообщениям."
    ),
    "To where something can be done about it.": "Туда, где с этим можно что-то сделать.",
    "Today": "Сегодня",
    "Today's numbers, and what needs somebody.": "Числа за сегодня и что требует внимания.",
    "Too few people yet to say more.": "Людей пока мало, чтобы сказать больше.",
    "Tried, not stored: ctrl+s makes it a segment.": "Проба, не сохранено: ctrl+s сделает сегмент.",
    "try a rule": "проба правила",
    "Trying again.": "Пробую снова.",
    "Under way": "Идут сейчас",
    "under way": "в пути",
    "unknown": "неясно",
    "unsubscribe": "отписать",
    "unsubscribe from ": "отписать от ",
    "Versions": "Версии",
    "versions": "версии",
    "v{number} comes into force as a new version; its on_edit says": (
        "v{number} вступит в силу новой версией; её on_edit говорит,"
    ),
    "v{number} is in force": "v{number} в силе",
    "v{number} is in force already": "v{number} уже в силе",
    " wait": " ждут",
    "wait": "ждут",
    "What chains sent, reached and earned.": (
        "Что цепочки отправили, чего достигли, сколько заработали."
    ),
    "What comes of it": "Что из этого выйдет",
    "what differs": "отличия",
    "What is well formed in its file and wrong all the same.": (
        "Что в её файле написано верно, но всё равно неправильно."
    ),
    "What it came to, step by step, and against the holdout.": (
        "Чего достигла, по шагам и против контрольной группы."
    ),
    "What the files would change; then put them in force.": (
        "Что изменили бы файлы; затем ввести их в силу."
    ),
    "What the gate decided": "Что решили проверки",
    "what they do. The file stays as it is.": "что с ними будет. Файл останется как есть.",
    "What to do": "Что делать",
    "What would change": "Что изменится",
    " What you see is of {since}.": " То, что видно, — на {since}.",
    "when": "когда",
    "which template, or which chain? its name, as cart-1": (
        "какой шаблон или какая цепочка? название, как cart-1"
    ),
    "Who entered and left": "Кто вошёл и вышел",
    "Who is on the site now, and what happens.": "Кто сейчас на сайте и что происходит.",
    "Who stands at the step, or what it sent.": "Кто стоит на шаге или что он отправил.",
    "Who, and what they do": "Кто и что делает",
    "whom? an email, a user id, or a number": "кто? почта, id пользователя или номер",
    "whom? an id, a user id or an email": "кто? номер, id пользователя или почта",
    "why": "почему",
    "why a person…": "почему…",
    "Why did a person get a message, or not?": "Почему человек получил сообщение или нет?",
    "Why did this person get a message, or not?": "Почему этот человек получил сообщение или нет?",
    "Why is a person in it, or not? The rule as a tree with values.": (
        "Почему человек в нём или нет? Правило деревом со значениями."
    ),
    "Why is this person in the segment, or not?": "Почему этот человек в сегменте или нет?",
    "Why was this message sent, or not?": "Почему это сообщение ушло или нет?",
    "Work": "Работа",
    "Write a rule: its size and people as you type; ctrl+s stores it.": (
        "Написать правило: размер и люди по мере ввода; ctrl+s сохранит."
    ),
    "Write for example: ": "Напишите, например: ",
    "Write one into ": "Напишите её в ",
    "write the file": "записать файл",
    "Write the segment into its file and put it in force.": (
        "Записать сегмент в файл и ввести в силу."
    ),
    "yes": "да",
    "You are in it.": "Вы в нём.",
    "{name} does not run here.": "{name} здесь не работает.",
    "{name} is paused": "{name} на паузе",
    "{number} {words} in force now": "{number} {words} теперь в силе",
    "{part} of {whole} moved on": "{part} из {whole} прошли дальше",
    "{}: {} to {}, now {}": "{}: от {} до {}, сейчас {}",
    "← left   ": "← вышел ",
    "→ entered": "→ вошёл",
    "⌁ off ": "⌁ нет ",
    "─▶ {name} and beyond  ": "─▶ {name} и дальше  ",
    "◀─ {number} fell back": "◀─ {number} вернулись назад",
    "◷ waits": "◷ ждёт",
    "✓ earned, sent": "✓ заработано, ушло",
    "✗ and ": "✗ и ",
    "✗ not a rule yet": "✗ ещё не правило",
    "✗ refused, failed": "✗ отказано, не вышло",
    " shows others.": " показывает другие.",
    "/command": "/команда",
    "Answer": "Ответ",
    "Answers to letters begin one. ": "Их начинают ответы на письма. ",
    "Back to the list; what is written stays as a draft.": (
        "Назад к списку; написанное остаётся черновиком."
    ),
    "Break the line.": "Новая строка.",
    "Close it; a closed one is opened again.": "Закрыть; закрытая открывается снова.",
    "Conversations: who waits, what was said, the answer.": (
        "Переписка: кто ждёт, что сказано, ответ."
    ),
    "Copy what was said last.": "Скопировать сказанное последним.",
    "Give it to an operator, or to nobody.": "Отдать оператору или никому.",
    "Inbox": "Входящие",
    "Let it rest until a time, or until its person writes.": (
        "Отложить до времени или пока человек не напишет."
    ),
    "Mine, all, at rest, closed: the next of these.": (
        "Мои, все, отложенные, закрытые: следующее из них."
    ),
    "No conversation here.\n": "Здесь нет переписки.\n",
    "No conversation matches. esc takes the filter away.": (
        "Ничего не подходит. esc снимает фильтр."
    ),
    "Note, for colleagues only": "Заметка, только для коллег",
    "Older words: mautod chat show.": "Более раннее: mautod chat show.",
    "Send it, in five seconds.": "Отправить через пять секунд.",
    "Show only conversations that hold these letters.": (
        "Показать только переписку с этими буквами."
    ),
    "Take the last answer back, within five seconds.": (
        "Вернуть последний ответ, в течение пяти секунд."
    ),
    "Take the marked candidate; a slash begins a command.": (
        "Взять подсказку; команда начинается с косой черты."
    ),
    "To the conversation; write, and enter sends.": "К переписке; пишите, enter отправляет.",
    "Write a note that only colleagues see.": "Написать заметку, видную только коллегам.",
    "a name, or words": "имя или слова",
    "answer": "ответить",
    "as 2h, 3d, tomorrow 9:00, monday, 2026-12-01": (
        "как 2h, 3d, tomorrow 9:00, monday, 2026-12-01"
    ),
    "assign": "назначить",
    "assign to ": "назначить ",
    "close": "закрыть",
    "leaves in {seconds} s, ctrl+z takes it back": "уйдёт через {seconds} с, ctrl+z вернёт",
    "message {number}: {template}": "сообщение {number}: {template}",
    "mine/all": "мои/все",
    "new line": "строка",
    "nobody's": "ничья",
    "not sent, it is a draft again: {why}": "не отправлено, снова черновик: {why}",
    "note": "заметка",
    "nothing is on its way here": "здесь ничего не отправляется",
    "rest until ": "отложить до ",
    "rests until {time}": "отложена до {time}",
    "send": "отправить",
    "snooze": "отложить",
    "take back": "вернуть",
    "this desk is only for reading": "этот пульт только для чтения",
    "waits {time}": "ждёт {time}",
    "whose? me is yourself; nothing is nobody": "чья? me — ваша; ничего — ничья",
    "mine": "мои",
    "snoozed": "отложенные",
    "closed": "закрыта",
}
