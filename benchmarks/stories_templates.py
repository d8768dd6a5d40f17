# ruff: noqa: E501 -- a paragraph of a template is a line
"""Reports made from one template: each has other places, persons and numbers, and is a story of its own."""

from __future__ import annotations

import random
import re
from typing import Final

from stories_variants import Text

TEMPLATES: Final[dict[str, dict[str, str]]] = {
    "en": {
        "weather": """{place} weather: highs of {temp} and {wind} km/h winds expected on {day}

The weather service expects a high of {temp} degrees in {place} on {day}, with winds of up to {wind} km/h from the {side}. Overnight temperatures will drop to {low} degrees.

Rain is likely in the afternoon, with up to {rain} millimetres falling between {hour} and {hour2} pm. Residents of {place} and {place2} are advised to take an umbrella and to drive carefully on wet roads.

The outlook for the rest of the week is mixed. Sunny spells are forecast for {day2}, and temperatures will climb to {temp2} degrees by the weekend. The air quality in {place} is rated as good. Sunrise is at {clock} and sunset at {clock2}.""",
        "market": """{name} shares close at {price} dollars

Shares of {name} closed at {price} dollars on {day}, a change of {percent} percent from the day before. The trading volume was {count} shares, compared with an average of {count2} shares.

The company, which has its headquarters in {place}, has a market value of {n} billion dollars. Its shares have traded between {price2} and {price3} dollars over the past twelve months.

Analysts who follow the stock have a mean price target of {price4} dollars. Of {low} analysts who cover the company, {temp} rate the shares as a buy. {name} is due to publish its quarterly results on {date}.""",
        "sport": """{place} beat {place2} {low}-{n1} on {day}

{place} beat {place2} {low}-{n1} in front of {count} spectators at {person} Park on {day}. {person} opened the scoring in the {minute} minute with a header from a corner, and {person2} made it two shortly before the break.

After the break {place2} came back into the match and {person3} scored from the penalty spot in the {minute2} minute, but the home side held on to take all three points.

{place} are now {n}th in the table with {temp} points from {wind} matches. They travel to {place3} next {day2}, while {place2} host {place4} on {date}.""",
        "obituary": """{person}, {age}, of {place}

{person}, {age}, of {place}, passed away on {date} at home, surrounded by family and friends. {person} was born in {place2} on {date2} to {person2} and {person3}.

After graduating from {place2} High School in {year}, {person} worked for {name} for {temp} years and retired in {year2}. {person} loved gardening, fishing and spending time with the grandchildren.

Survivors include {low} children, {n1} grandchildren and a sister, {person4}, of {place3}. A service will be held at {hour} am on {day} at the {place} Funeral Home. Memorial donations may be made to the {place3} Hospice.""",
        "police": """Police appeal after crash in {place}

Police are appealing for witnesses after a {age}-year-old {role} was seriously injured in a crash in {place} on {day}. Officers were called to {person} Road at {clock} after a collision between a {car} and a {car2}.

The {role}, from {place2}, was taken to hospital with injuries that are described as serious. The driver of the {car}, a {age2}-year-old from {place3}, was not hurt. The road was closed for {low} hours.

Anyone who saw the collision or has dashcam footage is asked to call the police on 101 and quote reference {count}. Information can also be given anonymously to Crimestoppers.""",
    },
    "de": {
        "weather": """Wetter in {place}: bis zu {temp} Grad am {day}

In {place} werden am {day} Temperaturen von bis zu {temp} Grad erwartet. In der Nacht kühlt es auf {low} Grad ab. Der Wind weht mit bis zu {wind} Kilometern pro Stunde aus Richtung {side}.

Die Regenwahrscheinlichkeit liegt am Vormittag bei {percent} Prozent und am Nachmittag bei {percent2} Prozent. Im Laufe des Tages fallen bis zu {rain} Liter Regen auf den Quadratmeter. Der Deutsche Wetterdienst hat für {place} und {place2} keine Warnung herausgegeben.

Die Sonne geht um {clock} Uhr auf und um {clock2} Uhr unter. Für {day2} werden {temp2} Grad vorhergesagt, die Luftqualität in {place} gilt als gut.""",
        "market": """Aktie von {name} schließt bei {price} Euro

Die Aktie von {name} hat den Handel am {day} bei {price} Euro beendet. Das ist eine Veränderung von {percent} Prozent gegenüber dem Vortag. Insgesamt wechselten {count} Papiere den Besitzer.

Das Unternehmen aus {place} kommt damit auf einen Börsenwert von {n} Milliarden Euro. Auf Sicht von zwölf Monaten schwankte der Kurs zwischen {price2} und {price3} Euro.

Analysten sehen das mittlere Kursziel bei {price4} Euro. Von {temp} Experten raten {low} zum Kauf der Aktie. Die nächsten Quartalszahlen legt {name} am {date} vor.""",
        "sport": """{place} gewinnt {low}:{n1} gegen {place2}

{place} hat am {day} vor {count} Zuschauern mit {low}:{n1} gegen {place2} gewonnen. {person} brachte die Gastgeber in der {minute}. Minute nach einer Ecke in Führung, {person2} erhöhte kurz vor der Pause.

Nach dem Seitenwechsel fand {place2} besser ins Spiel und kam durch einen Elfmeter von {person3} in der {minute2}. Minute zum Anschlusstreffer. Mehr ließ die Abwehr der Gastgeber aber nicht zu.

In der Tabelle steht {place} nun mit {temp} Punkten auf Platz {n}. Am kommenden {day2} geht es zum Auswärtsspiel nach {place3}, {place2} empfängt {place4}.""",
        "police": """Unfall in {place}: {age}-Jähriger schwer verletzt

Bei einem Verkehrsunfall in {place} ist am {day} ein {age} Jahre alter Radfahrer schwer verletzt worden. Wie die Polizei mitteilte, übersah gegen {clock} Uhr ein {age2}-jähriger Autofahrer aus {place2} den Mann beim Abbiegen in die {person}straße.

Der Radfahrer stürzte und wurde mit einem Rettungswagen in ein Krankenhaus gebracht. Der Autofahrer blieb unverletzt. Den Schaden schätzt die Polizei auf rund {count} Euro.

Die Straße war für {low} Stunden gesperrt. Zeugen, die den Unfall beobachtet haben, werden gebeten, sich bei der Polizei in {place3} unter der Telefonnummer {count2} zu melden.""",
    },
    "fr": {
        "weather": """Météo à {place} : jusqu'à {temp} degrés {day}

À {place}, le thermomètre montera jusqu'à {temp} degrés {day}. Pendant la nuit, la température descendra à {low} degrés. Le vent soufflera jusqu'à {wind} kilomètres à l'heure.

Le risque de pluie est de {percent} pour cent le matin et de {percent2} pour cent l'après-midi. Il tombera jusqu'à {rain} millimètres de pluie dans la journée. Aucune alerte n'a été émise pour {place} et {place2}.

Le soleil se lèvera à {clock} et se couchera à {clock2}. Pour {day2}, les services de la météo annoncent {temp2} degrés et un ciel changeant.""",
        "police": """Accident à {place} : un homme de {age} ans grièvement blessé

Un homme de {age} ans a été grièvement blessé {day} dans un accident de la route à {place}. Vers {clock}, sa voiture a quitté la chaussée pour une raison encore inconnue et a heurté un arbre, selon la gendarmerie.

Le conducteur, originaire de {place2}, a été transporté à l'hôpital de {place3}. Sa passagère, {person}, {age2} ans, est légèrement blessée. La route a été fermée pendant {low} heures.

Une enquête a été ouverte. Les témoins sont priés d'appeler la brigade de {place3} au {count}.""",
    },
    "ru": {
        "weather": """Погода в городе {place}: до {temp} градусов в {day}

В {day} в городе {place} ожидается до {temp} градусов тепла. Ночью столбик термометра опустится до {low} градусов. Ветер усилится до {wind} метров в секунду.

Вероятность дождя утром составит {percent} процентов, днём {percent2} процентов. За сутки выпадет до {rain} миллиметров осадков. Жителей городов {place} и {place2} просят быть осторожнее на дорогах.

Солнце взойдёт в {clock} и зайдёт в {clock2}. В {day2} синоптики обещают {temp2} градусов, качество воздуха хорошее.""",
        "police": """В городе {place} в аварии пострадал мужчина {age} лет

В городе {place} в {day} в дорожной аварии пострадал мужчина {age} лет. По данным полиции, около {clock} водитель автомобиля {car}, житель города {place2}, не уступил дорогу мотоциклу.

Пострадавшего доставили в больницу с тяжёлыми травмами. Водитель, которому {age2} лет, не пострадал. Движение по улице {person} было закрыто {low} часа.

Очевидцев просят позвонить в полицию города {place3} по телефону {count}. Обстоятельства происшествия устанавливаются.""",
    },
    "ar": {
        "weather": """الطقس في {place}: الحرارة تصل إلى {temp} درجة يوم {day}

تتوقع هيئة الأرصاد أن تصل درجة الحرارة في {place} يوم {day} إلى {temp} درجة مئوية، وأن تنخفض ليلا إلى {low} درجات. وتبلغ سرعة الرياح {wind} كيلومترا في الساعة.

وتصل نسبة هطول الأمطار إلى {percent} بالمئة صباحا و{percent2} بالمئة بعد الظهر، مع هطول {rain} ملم خلال اليوم. وطلبت السلطات من سكان {place} و{place2} القيادة بحذر.

وتشرق الشمس في الساعة {clock} وتغرب في الساعة {clock2}. ومن المتوقع أن تصل الحرارة يوم {day2} إلى {temp2} درجة.""",
        "police": """إصابة رجل في حادث سير في {place}

أصيب رجل يبلغ من العمر {age} عاما بجروح خطيرة في حادث سير وقع يوم {day} في {place}. وقالت الشرطة إن الحادث وقع في الساعة {clock} عندما اصطدمت سيارة يقودها {person} من {place2} بدراجة نارية.

ونقل المصاب إلى المستشفى، ولم يصب السائق البالغ من العمر {age2} عاما بأذى. وأغلق الطريق لمدة {low} ساعات.

وطلبت الشرطة من الشهود الاتصال بمركز الشرطة في {place3} على الرقم {count}. ولا يزال التحقيق مستمرا.""",
    },
    "zh": {
        "weather": """{place}{day}最高气温{temp}度

气象台预计，{place}{day}最高气温为{temp}度，夜间最低气温将降至{low}度，最大风速每小时{wind}公里。上午降水概率为百分之{percent}，下午为百分之{percent2}，全天降雨量可达{rain}毫米。

有关部门提醒{place}和{place2}的居民出门携带雨具，驾车时注意路面湿滑。日出时间为{clock}，日落时间为{clock2}。

预计{day2}气温将升至{temp2}度，{place}空气质量为良。""",
        "police": """{place}发生车祸一名{age}岁男子重伤

{place}{day}发生一起交通事故，一名{age}岁的男子受重伤。警方表示，事故发生在{clock}，一辆由来自{place2}的{person}驾驶的轿车在转弯时与一辆摩托车相撞。

伤者被送往医院救治，{age2}岁的司机没有受伤。道路封闭了{low}个小时。警方估计损失约为{count}元。

警方请目击者致电{place3}警察局，电话号码为{count2}。事故原因仍在调查之中。""",
    },
    "ja": {
        "weather": """{place}の{day}の最高気温は{temp}度の予想

気象台によると、{place}では{day}の最高気温が{temp}度まで上がる見込みです。夜は{low}度まで下がり、風は最大で毎秒{wind}メートルになるでしょう。

午前の降水確率は{percent}パーセント、午後は{percent2}パーセントで、一日の雨量は{rain}ミリと予想されています。{place}と{place2}では運転に注意してください。

日の出は{clock}、日の入りは{clock2}です。{day2}は{temp2}度まで上がり、空気の状態は良好です。""",
        "police": """{place}で事故、{age}歳の男性が重傷

{day}、{place}の交差点で乗用車とオートバイが衝突する事故があり、オートバイを運転していた{age}歳の男性が重傷を負いました。警察によりますと、事故があったのは{clock}ごろで、乗用車は{place2}の{person}さん（{age2}）が運転していました。

男性は病院に運ばれ、手当てを受けています。乗用車の運転手にけがはありませんでした。現場の道路は{low}時間にわたって通行止めになりました。

警察は{place3}警察署で詳しい事故の原因を調べています。目撃した人は{count}まで連絡するよう呼びかけています。""",
    },
    "ko": {
        "weather": """{place} {day} 낮 최고 {temp}도

기상청은 {day} {place} 지역의 낮 최고기온이 {temp}도까지 오를 것으로 예보했다. 밤에는 {low}도까지 내려가고 바람은 초속 {wind}미터로 강하게 불겠다.

오전 강수 확률은 {percent}퍼센트, 오후는 {percent2}퍼센트이며 하루 동안 최대 {rain}밀리미터의 비가 내리겠다. 기상청은 {place} 주민과 {place2} 주민에게 빗길 운전에 주의해 달라고 당부했다.

해는 {clock}에 뜨고 {clock2}에 지겠다. {day2}에는 기온이 {temp2}도까지 오르고 {place}의 대기 질은 좋음 수준을 유지하겠다.""",
        "police": """{place}서 교통사고로 {age}세 남성 중상

{day} {place}의 한 교차로에서 승용차와 오토바이가 충돌해 오토바이를 몰던 {age}세 남성이 크게 다쳤다. 경찰에 따르면 사고는 {clock}쯤 {place2}에 사는 {person} 씨가 몰던 승용차가 좌회전을 하다가 일어났다.

다친 남성은 병원으로 옮겨져 치료를 받고 있으며 {age2}세 운전자는 다치지 않았다. 도로는 {low}시간 동안 통제됐다.

경찰은 {place3} 경찰서에서 정확한 사고 원인을 조사하고 있으며 목격자는 {count}번으로 연락해 달라고 밝혔다.""",
    },
    "th": {
        "weather": """อากาศ{place}{day} สูงสุด {temp} องศา

กรมอุตุนิยมวิทยาคาดว่า{place}จะมีอุณหภูมิสูงสุด {temp} องศาเซลเซียสใน{day} และลดลงเหลือ {low} องศาในเวลากลางคืน ลมแรงสูงสุด {wind} กิโลเมตรต่อชั่วโมง

โอกาสฝนตกช่วงเช้าร้อยละ {percent} และช่วงบ่ายร้อยละ {percent2} ปริมาณฝนทั้งวันประมาณ {rain} มิลลิเมตร ขอให้ประชาชนใน{place}และ{place2}ขับรถด้วยความระมัดระวัง

พระอาทิตย์ขึ้นเวลา {clock} และตกเวลา {clock2} คาดว่า{day2}อุณหภูมิจะสูงถึง {temp2} องศา คุณภาพอากาศอยู่ในเกณฑ์ดี"""
    },
    "hi": {
        "weather": """{place} का मौसम: {day} को अधिकतम {temp} डिग्री

मौसम विभाग के अनुसार {place} में {day} को अधिकतम तापमान {temp} डिग्री तक पहुंचेगा और रात में {low} डिग्री तक गिर जाएगा। हवा की गति {wind} किलोमीटर प्रति घंटा तक रहेगी।

सुबह बारिश की संभावना {percent} प्रतिशत और दोपहर में {percent2} प्रतिशत है। दिन भर में {rain} मिलीमीटर तक बारिश हो सकती है। {place} और {place2} के लोगों को सावधानी से गाड़ी चलाने की सलाह दी गई है।

सूर्योदय {clock} बजे और सूर्यास्त {clock2} बजे होगा। {day2} को तापमान {temp2} डिग्री तक पहुंचने का अनुमान है।"""
    },
}
_LATIN: Final = {
    "place": "Aldbury Brinkley Carrow Dunmere Eastwick Fallowfield Garstone Hexley Ilkerton Jarrow Kelvedon Langport Marwood Norbury "
    "Oakham Penrith Quarndon Redruth Saltash Thornbury Ulverston Ventnor Wadebridge Yeovil Ashford Bampton Corsham Dursley "
    "Evesham Frome Glossop Haworth Ipplepen Kington Lydney Minehead Nunney Orford Padstow Ripon",
    "person": "Anna+Berger Carl+Duncan Edith+Foster Grant+Harlow Irene+Jessop Karl+Lindner Mona+Nash Oscar+Pine Queenie+Rhodes "
    "Sam+Tully Ursula+Vane Walter+Young Amir+Bashir Clara+Dietz Elias+Frank Gerda+Holm Ivan+Jones Kate+Lowe Marc+Norris Olga+Petrov "
    "Paul+Quint Rosa+Stein Tom+Unwin Vera+Wells",
    "name": "Nordex Talvik Brenner Calloway Dorwin Estrela Fairmont Gantry Helix Inverness Juno Kestrel Lumen Meridian Novus Orbis",
    "car": "Ford+Focus Toyota+Corolla Skoda+Fabia Fiat+Panda Kia+Rio Volvo+Estate BMW+saloon Audi+hatchback",
    "role": "cyclist pedestrian motorcyclist passenger",
}
_POOLS: Final[dict[str, dict[str, str]]] = {
    "en": {"day": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday", "side": "north south east west"},
    "de": {"day": "Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag", "side": "Norden Süden Osten Westen"},
    "fr": {"day": "lundi mardi mercredi jeudi vendredi samedi dimanche"},
    "ru": {
        "day": "понедельник вторник среду четверг пятницу субботу воскресенье",
        "place": "Тверь Рязань Калуга Псков Вологда Пермь Томск Омск Уфа Тула Орёл Курск Чита Елец Ржев Клин Кимры Углич Муром Ливны",
        "person": "Ленина Гагарина Пушкина Мира Чехова Гоголя Садовая Лесная Горького Кирова",
    },
    "ar": {
        "day": "الاثنين الثلاثاء الأربعاء الخميس الجمعة السبت الأحد",
        "place": "طنطا أسيوط المنيا دمياط الفيوم سوهاج أسوان الأقصر بنها الزقازيق المنصورة دمنهور قنا مطروح العريش السويس صفاقس سوسة قابس القيروان",
        "person": "أحمد+سالم محمد+عادل خالد+يوسف سامي+حسن عمر+فاروق كريم+ناصر",
    },
    "zh": {
        "day": "星期一 星期二 星期三 星期四 星期五 星期六 星期日",
        "place": "南宁 柳州 桂林 梧州 北海 玉林 百色 贺州 河池 来宾 崇左 钦州 防城港 贵港 海口 三亚 遵义 安顺 毕节 铜仁 大理 丽江 保山 普洱",
        "person": "王建国 李红梅 张志强 刘海燕 陈小明 杨文华 赵立新 黄丽娟",
    },
    "ja": {
        "day": "月曜日 火曜日 水曜日 木曜日 金曜日 土曜日 日曜日",
        "place": "盛岡市 秋田市 山形市 福島市 水戸市 前橋市 甲府市 長野市 岐阜市 津市 大津市 奈良市 鳥取市 松江市 徳島市 高松市 松山市 高知市 佐賀市 大分市",
        "person": "佐藤健一 鈴木花子 高橋誠 田中美咲 伊藤隆 渡辺由美 中村翔 小林直子",
    },
    "ko": {
        "day": "월요일 화요일 수요일 목요일 금요일 토요일 일요일",
        "place": "춘천 원주 강릉 청주 충주 천안 공주 전주 군산 익산 목포 여수 순천 포항 경주 안동 구미 진주 통영 김해",
        "person": "김민수 이영희 박철수 최지은 정현우 강수진 조성민 윤미라",
    },
    "th": {
        "day": "วันจันทร์ วันอังคาร วันพุธ วันพฤหัสบดี วันศุกร์ วันเสาร์ วันอาทิตย์",
        "place": "เชียงใหม่ ลำปาง น่าน แพร่ ตาก สุโขทัย พิษณุโลก ขอนแก่น อุดรธานี นครพนม ระยอง จันทบุรี ตราด ชุมพร ระนอง ภูเก็ต กระบี่ ตรัง สตูล ยะลา",
    },
    "hi": {
        "day": "सोमवार मंगलवार बुधवार गुरुवार शुक्रवार शनिवार रविवार",
        "place": "जयपुर लखनऊ पटना भोपाल इंदौर कानपुर आगरा वाराणसी मेरठ रांची नागपुर सूरत राजकोट कोटा अजमेर जोधपुर उदयपुर ग्वालियर जबलपुर रायपुर",
    },
}
_NUMBERS: Final = {
    "temp": (8, 39), "low": (2, 9), "wind": (11, 70), "rain": (1, 30), "hour": (1, 6), "percent": (5, 95), "n": (10, 30),
    "n1": (0, 4), "age": (18, 95), "year": (1950, 2005), "minute": (3, 89), "count": (1000, 99_999), "price": (11, 900),
}  # fmt: skip
_SLOT: Final = re.compile(r"\{(\w+)\}")


def reports(language: str, kind: str, count: int, rng: random.Random) -> list[Text]:
    """Return so many reports of one template, each with different facts."""
    return [_fill(TEMPLATES[language][kind], language, rng) for _ in range(count)]


def _fill(template: str, language: str, rng: random.Random) -> Text:
    pools = {**_LATIN, **_POOLS.get(language, {})}
    facts: dict[str, str] = {}

    def fact(slot: re.Match[str]) -> str:
        name = slot[1]
        kind = name.rstrip("0123456789") or name
        if name not in facts:
            facts[name] = _draw(kind if name not in _NUMBERS else name, pools, rng, set(facts.values()))
        return facts[name]

    title, _, text = _SLOT.sub(fact, template).partition("\n\n")
    return Text(title, text)


def _draw(kind: str, pools: dict[str, str], rng: random.Random, used: set[str]) -> str:
    if kind == "clock":
        return f"{rng.randint(0, 23)}:{rng.randint(0, 59):02}"
    if kind == "date":
        return f"{rng.randint(1, 28)}/{rng.randint(1, 12)}/{rng.randint(1930, 2026)}"
    if kind in _NUMBERS:
        return str(rng.randint(*_NUMBERS[kind]))
    names = [name.replace("+", " ") for name in pools[kind].split()]
    return rng.choice([name for name in names if name not in used] or names)
